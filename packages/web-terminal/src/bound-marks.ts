/** How many combining marks one cell of an xterm.js terminal takes. */
import { Unicode11Addon } from '@xterm/addon-unicode11';
import type { IDisposable, IUnicodeVersionProvider, Terminal } from '@xterm/xterm';

/**
 * Chromium lays a letter with 20,000 marks out for 16 s, during which the page cannot respond; a screen of letters with 200 each
 * takes it a sixth of a second. No script stacks as many as this. Further ones get cells of their own.
 */
const MAXIMUM_MARKS = 32;
/** xterm.js's properties of a character: the lowest bit says that it joins the cell before, and these are the provider's own. */
const JOINS = 1;
const OWN = 3;

/** Bounds the marks of `terminal`, whose characters have the widths of Unicode 11 from then on. */
export function boundMarks(terminal: Pick<Terminal, 'options' | 'unicode'>): IDisposable {
  const base = unicode11();
  const single = (1 << OWN) - 1;
  const provider: IUnicodeVersionProvider = {
    version: 'Unicode 11 with bounded marks',
    wcwidth: (codepoint) => base.wcwidth(codepoint),
    charProperties(codepoint, preceding) {
      const properties = base.charProperties(codepoint, preceding & single);
      if ((properties & JOINS) === 0) return properties;
      const marks = (preceding >> OWN) + 1;
      return marks > MAXIMUM_MARKS ? base.charProperties(codepoint, 0) : properties | (marks << OWN);
    },
  };
  const { options } = terminal;
  const { allowProposedApi } = options;
  options.allowProposedApi = true;
  const { unicode } = terminal;
  options.allowProposedApi = allowProposedApi ?? false;
  const before = unicode.activeVersion;
  unicode.register(provider);
  unicode.activeVersion = provider.version;
  return { dispose: () => void (unicode.activeVersion = before) };
}

/** The addon has no other way to give its provider. */
function unicode11(): IUnicodeVersionProvider {
  let found: IUnicodeVersionProvider | undefined;
  const unicode = { register: (provider: IUnicodeVersionProvider) => void (found = provider) };
  new Unicode11Addon().activate({ unicode } as unknown as Terminal);
  return found!;
}
