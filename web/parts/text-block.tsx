/**
 * A text that is meant to be copied or kept: a configuration, a command, a file.
 */

import { useState } from 'preact/hooks';

export interface TextBlockProps {
  /** What it is, said above it and to screen readers. */
  readonly title: string;
  readonly text: string;
  /** Offers the text as a file of this name. */
  readonly fileName?: string;
}

export function TextBlock({ title, text, fileName }: TextBlockProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <section class="text-block" aria-label={title}>
      <header>
        <span class="small mono">{title}</span>
        <span class="row">
          <button type="button" class="button bare" onClick={copy}>
            {isCopied ? 'Copied' : 'Copy'}
          </button>
          {fileName !== undefined && (
            <button type="button" class="button bare" onClick={() => keep(fileName, text)}>
              Save file
            </button>
          )}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard too */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}

/** Hands `text` to the browser as a file. */
export function keep(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
