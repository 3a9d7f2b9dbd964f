import { InvalidArgumentError } from "commander";

const units = new Map([
  ["", 1],
  ["k", 1e3],
  ["m", 1e6],
  ["g", 1e9],
  ["t", 1e12],
]);

/** `20M` is twenty million bytes, as curl writes it; for commander. */
export function parseBytes(value: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(value) ?? [];
  const bytes = Number(number) * (units.get(unit.toLowerCase()) ?? 1);
  if (number !== "" && bytes >= 1) return bytes;
  throw new InvalidArgumentError("want bytes, such as 500k or 20M");
}
