type Child = Node | string;

interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly type?: string;
  readonly title?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly hidden?: boolean;
  readonly label?: string;
  readonly for?: string;
}

/** Makes an element; text children are text, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(
      name === 'label' ? 'aria-label' : name.toLowerCase(),
      value === true ? '' : String(value),
    );
  }
  made.append(...children);
  return made;
}

export function required<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

/** True while somebody types: keys then belong to the text. */
export function isTyping(): boolean {
  return document.activeElement instanceof HTMLInputElement;
}
