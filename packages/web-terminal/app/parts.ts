/** The page's elements: found by id, filled with text. Security: nothing here parses markup, so a peer's text stays text. */

/** @throws Error if index.html and the code do not agree. */
export function part<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** Creates an element with attributes (`true` sets an empty one, `false` none) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

export function makeButton(label: string, className: string, onClick: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', class: className }, label);
  button.addEventListener('click', onClick);
  return button;
}

/** Cancel buttons are not submit buttons, so that Enter in a field presses the other one (HTML §4.10.21.2). */
export function enableCancelButtons(): void {
  for (const button of document.querySelectorAll('dialog button[data-cancels]')) {
    button.addEventListener('click', () => button.closest('dialog')?.close('cancel'));
  }
}

/** Shows a modal dialog. Settles with the value of the button that closed it; Escape and `signal` give `cancel`. */
export function ask(dialog: HTMLDialogElement, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const abort = (): void => dialog.close('cancel');
    dialog.returnValue = 'cancel';
    dialog.addEventListener(
      'close',
      () => {
        signal?.removeEventListener('abort', abort);
        resolve(dialog.returnValue);
      },
      { once: true },
    );
    signal?.addEventListener('abort', abort, { once: true });
    dialog.showModal();
  });
}
