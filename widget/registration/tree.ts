type Child = Node | string | false | null | undefined

/** What an element is made with; an attribute that is undefined is left out. Text only: nothing is ever parsed as HTML. */
type Attributes = Record<string, string | undefined>

/** Makes an element. Children that are empty, null or false are left out. */
export function make(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, value)
  for (const child of children) if (child) element.append(child)
  return element
}

/**
 * Shows `next` in `parent`. An element whose tag stays at its place is kept and made alike, so that focus and the live
 * region survive a change of phase. Handlers are not looked at: listen further up.
 */
export function show(parent: Node, next: Iterable<Node>): void {
  const nodes = [...next]
  for (const [index, node] of nodes.entries()) {
    const old = parent.childNodes[index]
    if (!old) parent.appendChild(node)
    else if (old.nodeName !== node.nodeName) parent.replaceChild(node, old)
    else if (old instanceof HTMLElement && node instanceof HTMLElement) {
      for (const name of old.getAttributeNames())
        if (!node.hasAttribute(name)) old.removeAttribute(name)
      for (const { name, value } of node.attributes)
        if (old.getAttribute(name) !== value) old.setAttribute(name, value)
      show(old, node.childNodes)
    } else if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue
  }
  while (parent.childNodes.length > nodes.length) parent.lastChild?.remove()
}
