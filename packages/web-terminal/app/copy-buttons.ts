/** Buttons that copy the text of the element they name in `data-copies` (Clipboard API and events §9). */
const SAID_FOR = 1600;

export function enableCopyButtons(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('button[data-copies]')) {
    const label = button.textContent ?? '';
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', () => void copy(button, label));
  }
}

async function copy(button: HTMLButtonElement, label: string): Promise<void> {
  const source = document.getElementById(button.dataset['copies'] ?? '');
  if (source === null) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? '');
    button.textContent = 'Copied';
  } catch {
    // Without permission to write to the clipboard, at least select the text.
    document.getSelection()?.selectAllChildren(source);
    button.textContent = 'Selected';
  }
  setTimeout(() => {
    button.textContent = label;
  }, SAID_FOR);
}
