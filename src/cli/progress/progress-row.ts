import cliProgress from "cli-progress";
import { formatBytes } from "../../content/byte-size.ts";
import { printable } from "../../oci/printable.ts";
import type { Count } from "../../transfer/report/events.ts";
import { countNoun } from "../output/count-noun.ts";
import { fitColumns, widthOf } from "./fit-columns.ts";
import { formatSeconds } from "./pace.ts";

/** Something under way, as far as it is known. */
export interface ProgressRow {
  /** `reading a.tar` */
  readonly label: string;
  readonly items?: readonly (Count & { readonly noun: string })[];
  readonly bytes?: Count | undefined;
  /** Bytes that went over the wire, of which nobody knows how many there will be. */
  readonly sent?: number | undefined;
  /** Bytes a second. */
  readonly rate?: number | undefined;
  readonly secondsLeft?: number | undefined;
  /** Of 1, where a total is known. */
  readonly share?: number | undefined;
  /** What it is done to at the moment. */
  readonly now?: readonly string[];
}

/** `reading a.tar: 20.0 MB of 40.0 MB, 10.0 MB/s, 2 s left` */
export function describeRow(row: ProgressRow): string {
  const text = detailsOf(row).join(", ");
  return text ? `${printable(row.label)}: ${text}` : printable(row.label);
}

/**
 * The same with a bar in front, in so many columns: what is short of room is the bar, then the middle of the label, which has
 * names in it, and then what else tells the same less well.
 */
export function drawRow(row: ProgressRow, columns: number): string {
  const label = printable(row.label);
  const told = forms({ ...row, now: [] }).map((form) => detailsOf(form).join(", "));
  const rest = widthOf("100% : ") + Math.min(widthOf(label), goodLabel);
  const details = told.find((text) => widthOf(text) + rest <= columns) ?? told.at(-1) ?? "";
  const room = columns - widthOf(details) - (details ? 2 : 0);
  const head = headsOf(row).find((each) => widthOf(each) + Math.min(widthOf(label), goodLabel) <= room) ?? "";
  const named = fitColumns(label, Math.max(room - widthOf(head), leastLabel));
  return fitColumns(`${head}${named}${details ? `: ${details}` : ""}`, columns);
}

const goodLabel = 24;
const leastLabel = 9;

/** With less and less in them. */
function forms(row: ProgressRow): ProgressRow[] {
  const short = { ...row, sent: undefined };
  const blobs = row.items?.filter(({ noun }) => noun === "blob") ?? [];
  return [row, short, { ...short, items: blobs }, { ...short, items: [] }];
}

function headsOf({ share }: ProgressRow): string[] {
  if (share === undefined) return [];
  const percentage = `${String(Math.floor(share * 100)).padStart(3)}% `;
  return [`${cliProgress.Format.BarFormat(share, barStyle)} ${percentage}`, percentage];
}

const barWidth = 16;
const barStyle = {
  barsize: barWidth,
  barCompleteString: "█".repeat(barWidth),
  barIncompleteString: "░".repeat(barWidth),
  barGlue: "",
};

function detailsOf({ items = [], bytes, sent, rate, secondsLeft, now = [] }: ProgressRow): string[] {
  return [
    ...items.map(describeItems),
    ...(bytes ? [describeBytes(bytes)] : []),
    ...(sent === undefined ? [] : [`${formatBytes(sent)} sent`]),
    ...(rate === undefined ? [] : [`${formatBytes(Math.round(rate))}/s`]),
    ...(secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`]),
    ...now.map((name) => printable(name)),
  ];
}

function describeItems({ done, total, noun }: Count & { readonly noun: string }): string {
  const plural = `${noun.replace(/y$/, "ie")}s`;
  return total === undefined ? countNoun(done, noun, plural) : `${done} of ${countNoun(total, noun, plural)}`;
}

function describeBytes({ done, total }: Count): string {
  return total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
}
