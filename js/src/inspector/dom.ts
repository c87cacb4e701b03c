/**
 * The page's only way to make elements. Text goes in as text nodes, never as markup, so a token cannot become a part of the page.
 */

/** What an element may hold. `null`, `undefined` and `false` leave nothing behind. */
export type Child = Node | string | number | null | undefined | false;

/** Attributes by name; `true` sets an empty one, `false` and `undefined` leave it out; `on…` listens. */
export type Props = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/** Makes an element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') {
      element.addEventListener(name.replace(/^on/, ''), value as EventListener);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

/** Puts children in place of what was there. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** The element with this id. The page's markup is ours, so one that is missing is a fault worth stopping for. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) {
    throw new Error(`the page has no element #${id}`);
  }
  return element as T;
}

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(typeof child === 'number' ? String(child) : child);
    }
  }
}
