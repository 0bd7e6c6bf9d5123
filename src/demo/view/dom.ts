/** The element that a selector names, which the page or the template is known to have. */
export function find<E extends HTMLElement = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): E {
  const element = within.querySelector<E>(selector);
  if (element === null) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** A new copy of what is in the template. */
export function fromTemplate(id: string): HTMLElement {
  const { content } = find<HTMLTemplateElement & HTMLElement>(`template#${id}`);
  return content.firstElementChild?.cloneNode(true) as HTMLElement;
}

/** Shows a text, and hides the element where there is none. Leaves what is there already, so that nobody hears it twice. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === '';
}

/** What the element is called where its own text does not say enough. */
export function setLabel(element: HTMLElement, label: string): void {
  if (element.getAttribute('aria-label') !== label) element.setAttribute('aria-label', label);
}

/** A state with its name, and through the style sheet its colour. */
export function setBadge(badge: HTMLElement, state: string): void {
  setText(badge, state);
  badge.dataset['state'] = state;
}

/** One item of a list, as it is shown. */
export interface Row<T> {
  readonly element: HTMLElement;
  update(item: T): void;
  /** Frees what the browser holds for it; called when the item is gone. */
  dispose?(): void;
}

/** Shows a list of items, and keeps the elements of those that stay: so focus and selection stay too. */
export class ListView<T extends object> {
  readonly #parent: HTMLElement;
  readonly #create: (item: T) => Row<T>;
  readonly #rows = new Map<T, Row<T>>();

  constructor(parent: HTMLElement, create: (item: T) => Row<T>) {
    this.#parent = parent;
    this.#create = create;
  }

  render(items: readonly T[]): void {
    const shown = new Set(items);
    for (const [item, row] of this.#rows) {
      if (shown.has(item)) continue;
      row.element.remove();
      row.dispose?.();
      this.#rows.delete(item);
    }
    for (const item of items) {
      const row = this.#rows.get(item) ?? this.#create(item);
      row.update(item);
      if (!this.#rows.has(item)) this.#parent.append(row.element);
      this.#rows.set(item, row);
    }
  }
}
