// Bodies we send. `$type` comes first in every object, because iMIS reads without looking ahead.

const CORE = 'Asi.Soa.Core.DataContracts'
const STRINGS = 'System.Collections.ObjectModel.Collection`1[[System.String, mscorlib]], mscorlib'
const OBJECTS = 'System.Collections.ObjectModel.Collection`1[[System.Object, mscorlib]], mscorlib'

const core = (name: string) => `${CORE}.${name}, Asi.Contracts`
const membership = (name: string) => `Asi.Soa.Membership.DataContracts.${name}, Asi.Contracts`
const list = (type: string, values: unknown[]) => ({ $type: type, $values: values })

const identity = (entityType: string, key?: string) => ({
  $type: core('IdentityData'),
  EntityTypeName: entityType,
  ...(key === undefined ? {} : { IdentityElements: list(STRINGS, [key]) }),
})

/**
 * One property of a generic entity; values go plain, as working clients send them.
 *
 * @see https://github.com/Advsol/iMISRESTCollection
 */
export const propertyData = (name: string, value: unknown) => ({
  $type: core('GenericPropertyData'),
  Name: name,
  Value: value,
})

/** A new activity. @see https://github.com/Advsol/iMISRESTCollection `POST /api/Activity` */
export const activityEntity = (partyId: string, properties: [name: string, value: unknown][]) => ({
  $type: core('GenericEntityData'),
  EntityTypeName: 'Activity',
  PrimaryParentEntityTypeName: 'Party',
  Identity: identity('Activity'),
  PrimaryParentIdentity: identity('Party', partyId),
  Properties: list(
    core('GenericPropertyDataCollection'),
    properties.map(([name, value]) => propertyData(name, value)),
  ),
})

/** A new person. @see https://github.com/Advsol/iMISRESTCollection `POST /api/Party` */
export const personEntity = (firstName: string, lastName: string, email: string | undefined) => ({
  $type: membership('PersonData'),
  PersonName: { $type: membership('PersonNameData'), FirstName: firstName, LastName: lastName },
  ...(email === undefined
    ? {}
    : {
        Emails: list(membership('EmailDataCollection'), [
          {
            $type: membership('EmailData'),
            Address: email,
            EmailType: '_Primary',
            IsPrimary: true,
          },
        ]),
      }),
})

/** The body of `POST /api/{entity}/_execute`. @see https://github.com/Advsol/DataMigrationService (Asi.Contracts) */
export function executeRequest(
  entity: string,
  operation: string,
  parameters: (string | string[] | boolean)[],
) {
  return {
    $type: core('GenericExecuteRequest'),
    OperationName: operation,
    EntityTypeName: entity,
    Parameters: list(OBJECTS, parameters.map(argument)),
    ParameterTypeName: list(STRINGS, parameters.map(argumentType)),
    UseJson: false,
  }
}

/**
 * The body that registers a party for an iMIS event without payment (type 3).
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export const registerRequest = (
  eventId: string,
  option: { functionId: string; code: string | undefined } | undefined,
  partyId: string,
) => ({
  $type: 'Asi.Soa.Events.DataContracts.EventRegistrationRequest, Asi.Contracts',
  EntityTypeName: 'EventRegistration',
  OperationName: 'RegisterEvent',
  RegistrationType: 3,
  EventId: eventId,
  ...(option === undefined ? {} : { RegistrationOptionFunctionId: option.functionId }),
  ...(option?.code === undefined ? {} : { FunctionId: option.code }),
  RegistrantId: partyId,
  RegisteredBy: partyId,
  BillTo: partyId,
  Waitlist: false,
})

function argument(value: string | string[] | boolean) {
  if (Array.isArray(value)) return list('System.String[], mscorlib', value)
  return { $type: argumentType(value), $value: value }
}

function argumentType(value: string | string[] | boolean) {
  if (Array.isArray(value)) return 'System.String[]'
  return typeof value === 'boolean' ? 'System.Boolean' : 'System.String'
}
