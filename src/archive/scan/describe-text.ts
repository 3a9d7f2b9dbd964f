/** What a file is instead of an archive, and what to do about it. */
export interface FormatRefusal {
  readonly what: string;
  readonly hint: string;
}

interface TextForm {
  readonly matches: (text: string, hex: string) => boolean;
  readonly what: (text: string) => string;
  readonly hint: string;
}

/** A packet with a session key, for a key pair (version 3) or a passphrase (version 4) (RFC 4880). */
const openPgp = /^(?:85.{4}03|84..03|8c..04|c1..(?:..)?03|c3..04)/;

/** What stands where an archive should, in the order in which it is tried. */
const forms: readonly TextForm[] = [
  {
    // A byte order mark, or every other byte zero.
    matches: (text) => /^(?:\xff\xfe|\xfe\xff)/.test(text) || /^(?:[^\0]\0){16}/.test(text),
    what: () => "text in UTF-16, which PowerShell's > makes of what a program writes",
    hint: "Let the program write the file itself: docker save -o images.tar NAME...",
  },
  {
    matches: (text, hex) => text.startsWith("-----BEGIN PGP MESSAGE") || openPgp.test(hex),
    what: () => "encrypted with OpenPGP",
    hint: "Decrypt it first: gpg -d FILE | airgap-load --arm64 -",
  },
  {
    matches: (text) => /^(?:[A-Za-z0-9+/]{60,76}\r?\n){2}/.test(text) || /^[A-Za-z0-9+/]{256}/.test(text),
    what: () => "text (base64)",
    hint: "Decode it first: base64 -d FILE | airgap-load --arm64 -",
  },
  {
    matches: (text) => /^[\t\x20-\x7e]{8,}\r?\n/.test(text) && /[^\t\r\n\x20-\x7e]/.test(text),
    what: (text) => `text with something else behind it; it begins with "${firstLine(text)}"`,
    hint: "Messages of the program that wrote it went into the file: write it again with -o FILE, or keep its messages apart.",
  },
  {
    matches: (text) => /^[\t\r\n\x20-\x7e]+$/.test(text),
    what: (text) => `text; it begins with "${firstLine(text)}"`,
    hint: "Copy or download it again, signed in where that is needed.",
  },
];

/** What bytes are that look like text or hide what they are, with what to do about it; undefined for all else. */
export function describeText(head: Uint8Array): FormatRefusal | undefined {
  const text = Buffer.from(head).toString("latin1");
  const form = forms.find(({ matches }) => matches(text, Buffer.from(head.subarray(0, 8)).toString("hex")));
  return form && { what: form.what(text), hint: form.hint };
}

function firstLine(text: string): string {
  return (text.trimStart().split(/[\r\n]/, 1)[0] ?? "").slice(0, 80);
}
