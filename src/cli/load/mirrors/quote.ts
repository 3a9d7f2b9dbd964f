/** A string as YAML and TOML take it: both read those of JSON. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
