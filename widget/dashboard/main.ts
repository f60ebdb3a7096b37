import { DashboardApp } from './app.ts'
import { AccountsPage } from './pages/accounts-page.ts'
import { AccountPage } from './pages/account-page.ts'
import { AuditPage } from './pages/audit-page.ts'
import { EventPage } from './pages/event-page.ts'
import { EventsPage } from './pages/events-page.ts'
import { IpartPage } from './pages/ipart-page.ts'
import { LogsPage } from './pages/logs-page.ts'
import { NewAccountPage } from './pages/new-account-page.ts'
import { OverviewPage } from './pages/overview-page.ts'
import { PeoplePage } from './pages/people-page.ts'
import { RegistrationPage } from './pages/registration-page.ts'
import { RegistrationsPage } from './pages/registrations-page.ts'
import { UsersPage } from './pages/users-page.ts'
import { WhyPage } from './pages/why-page.ts'
import { AccountForm } from './parts/account/account-form.ts'
import { DayChart } from './parts/day-chart.ts'
import { LogDetailView } from './parts/log/log-detail.ts'
import { LongList } from './parts/list/long-list.ts'
import { RetentionPanel } from './parts/account/retention-panel.ts'
import { RunProgress } from './parts/registration/run-progress.ts'
import { SetupChecklist } from './parts/account/setup-checklist.ts'
import { SignIn } from './parts/sign-in.ts'
import { TimeAgo } from './parts/times.ts'
import { WebhookPanel } from './parts/account/webhook-panel.ts'
import { CventEventPicker } from './pickers/cvent-event-picker.ts'
import { MeetingPicker } from './pickers/meeting-picker.ts'
import { QueryPicker } from './pickers/query-picker.ts'

const ELEMENTS = {
  'time-ago': TimeAgo,
  'long-list': LongList,
  'day-chart': DayChart,
  'run-progress': RunProgress,
  'log-detail': LogDetailView,
  'sign-in': SignIn,
  'account-form': AccountForm,
  'setup-checklist': SetupChecklist,
  'webhook-panel': WebhookPanel,
  'retention-panel': RetentionPanel,
  'cvent-event-picker': CventEventPicker,
  'meeting-picker': MeetingPicker,
  'query-picker': QueryPicker,
  'accounts-page': AccountsPage,
  'new-account-page': NewAccountPage,
  'overview-page': OverviewPage,
  'events-page': EventsPage,
  'event-page': EventPage,
  'ipart-page': IpartPage,
  'account-page': AccountPage,
  'logs-page': LogsPage,
  'registrations-page': RegistrationsPage,
  'registration-page': RegistrationPage,
  'users-page': UsersPage,
  'why-page': WhyPage,
  'people-page': PeoplePage,
  'audit-page': AuditPage,
  'dashboard-app': DashboardApp,
}

for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(name, element)
