declare module '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js' {
  /** The analyzer's parts that know Lit. */
  export function litPlugin(): unknown[]
}
