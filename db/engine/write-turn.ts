import { resolve } from 'node:path'
import { DatabaseUnavailable } from './errors.ts'

/** The longest wait for the others of this process to finish writing, in ms. */
const WAIT_MS = 10_000

/** The right to write to a SQLite file, one holder at a time in this process, in the order of asking. */
export interface WriteTurn {
  /** @returns what gives the turn back. @throws DatabaseUnavailable when it does not come in time */
  take(): Promise<() => void>
}

const turns = new Map<string, WriteTurn>()

/**
 * The write turn of a file. SQLite has one writer at a time, and a refused one can only ask again: among ourselves a queue
 * is fair, and costs no waiting in vain. Other processes are met by asking again.
 */
export function writeTurnOf(path: string): WriteTurn {
  if (path === ':memory:') return openWriteTurn()
  const file = resolve(path)
  const turn = turns.get(file) ?? openWriteTurn()
  turns.set(file, turn)
  return turn
}

function openWriteTurn(): WriteTurn {
  let isTaken = false
  const queue: (() => void)[] = []

  function giveBack() {
    const next = queue.shift()
    if (next) next()
    else isTaken = false
  }

  /** Each holder gives it back once, however often it says so. */
  function once() {
    let isBack = false
    return () => {
      if (isBack) return
      isBack = true
      giveBack()
    }
  }

  return {
    async take() {
      if (!isTaken) {
        isTaken = true
        return once()
      }
      return new Promise((resolve, reject) => {
        const mine = () => {
          clearTimeout(timer)
          resolve(once())
        }
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(mine), 1)
          reject(new DatabaseUnavailable('the database file was busy for too long'))
        }, WAIT_MS)
        queue.push(mine)
      })
    },
  }
}
