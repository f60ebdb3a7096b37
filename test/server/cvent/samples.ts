import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = [process.env['SHARED_DIR'], join(import.meta.dirname, '../../../../shared')]
  .map((shared) => (shared ? join(shared, 'samples/cvent') : ''))
  .find((path) => path !== '' && existsSync(path))

/** Whether the vendor's samples are on this machine; they are not part of the repository. */
export const hasSamples = folder !== undefined

/** The text of one of the vendor's samples. */
export const sample = (name: string) => readFileSync(join(folder ?? '', `${name}.json`), 'utf8')

/** To be put into the name of a suite that needs the samples, so that skipping it is seen and explained. */
export const samplesNote = hasSamples ? '' : ' (skipped: SHARED_DIR/samples/cvent is not here)'
