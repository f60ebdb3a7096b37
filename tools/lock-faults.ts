/** What is read of a `package-lock.json` of version 3. */
export interface Lock {
  packages: Record<
    string,
    {
      version?: string
      integrity?: string
      resolved?: string
      link?: boolean
      hasInstallScript?: boolean
    }
  >
}

/** What is read of a `package.json`. */
export interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  allowScripts?: Record<string, boolean>
}

const REGISTRY = 'https://registry.npmjs.org/'
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

/**
 * What is wrong with a lock file, in sentences: a package without its SHA-512, from another host than npm's registry, linked
 * to a folder, with an install script that nobody decided on, or asked for by more than one version. Works without a
 * network.
 */
export function lockFaults(lock: Lock, manifest: Manifest): string[] {
  const faults: string[] = []
  for (const [path, { integrity, resolved, link, hasInstallScript }] of Object.entries(
    lock.packages,
  )) {
    if (path === '') continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (link) faults.push(`${path} is a link`)
    if (integrity === undefined || !SHA512.test(integrity))
      faults.push(`${path} has no SHA-512 by which it is known to be the same`)
    if (resolved !== undefined && !resolved.startsWith(REGISTRY))
      faults.push(`${path} comes from ${resolved}, which is not npm's registry`)
    if (hasInstallScript && manifest.allowScripts?.[name] === undefined)
      faults.push(`${path} runs a script when it is installed; say in allowScripts whether it may`)
  }
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const)
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!EXACT.test(version))
        faults.push(`${name} is asked for as ${version}, not as one version`)
      const locked = lock.packages[`node_modules/${name}`]?.version
      if (EXACT.test(version) && locked !== version)
        faults.push(`${name} is ${version} in package.json and ${locked ?? 'missing'} in the lock`)
    }
  return faults
}
