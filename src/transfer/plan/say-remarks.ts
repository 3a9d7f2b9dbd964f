import type { SourceImage, SourceLayer } from "../../content/image-source.ts";
import { isForeign } from "../../oci/descriptor.ts";
import { formatPlatform, isKnownArchitecture } from "../../oci/platform.ts";
import type { PlannedImage } from "./planned-image.ts";
import type { Notice } from "../../content/notice.ts";

/** What the operator should know of an image before anything of it is sent. */
export function sayRemarks({ sourceImage: image, platform }: PlannedImage, title: string): Notice[] {
  const subject = `${title} ${formatPlatform(platform)}`;
  const told = (image.remarks ?? []).map(({ text, isHarm }): Notice => {
    return { severity: isHarm ? "warning" : "note", subject, text };
  });
  const warnings = [sayForeign(image), isKnownArchitecture(platform.architecture) ? undefined : noPuller];
  return [
    ...told,
    ...warnings.flatMap((text) =>
      text === undefined ? [] : { severity: "warning" as const, subject, text },
    ),
  ];
}

const noPuller = "no machine asks for this architecture: it can be pulled by its digest or its own tag only";

/** Whether foreign layers of an image go up like any other, so that its manifest has to be another. */
export function givesForeign({ layers, manifest }: SourceImage): boolean {
  return manifest !== undefined && layers.some((layer) => isForeignLayer(layer) && layer.blob !== undefined);
}

function isForeignLayer({ descriptor }: SourceLayer): boolean {
  return descriptor !== undefined && isForeign(descriptor);
}

function sayForeign(image: SourceImage): string | undefined {
  const foreign = image.layers.filter(isForeignLayer);
  const elsewhere = foreign.filter(({ blob }) => blob === undefined);
  if (givesForeign(image)) {
    return "its foreign layers go up with it (--allow-foreign): its manifest is another than in the archive";
  }
  if (elsewhere.length === 0) return undefined;
  const urls = elsewhere.flatMap(({ descriptor }) => descriptor?.urls ?? []);
  const hosts = [...new Set(urls.flatMap((url) => (URL.canParse(url) ? new URL(url).host : [])))].join(", ");
  const where = hosts ? `at ${hosts}` : "where they came from";
  const text = `${elsewhere.length} of its layers are foreign and stay ${where}, which machines must reach to run it`;
  const isHere = elsewhere.every(({ stored }) => stored !== undefined);
  return isHere ? `${text}; the archive has them: --allow-foreign publishes them too` : text;
}
