import type { Digest } from "../../oci/digest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatReference } from "../../oci/reference.ts";
import type { GatheredImage, GatheredImages } from "./gather-images.ts";
import type { Notice } from "../../content/notice.ts";

/**
 * A warning for each name whose digest is asked for or signed, and cannot be published from these archives, since they do not
 * have all images of its list together.
 */
export function sayUnkept(archives: readonly GatheredImages[]): Notice[] {
  const there = new Set(archives.flatMap(({ content }) => [...content.manifests.keys()]));
  const signed = new Set(archives.flatMap(({ referrers }) => referrers.map(({ subject }) => subject)));
  const notices = archives.flatMap(({ images }) => images.flatMap((image) => sayOf(image, there, signed)));
  return [...new Map(notices.map((notice) => [notice.subject, notice])).values()];
}

function sayOf(
  { whole, names }: GatheredImage,
  there: ReadonlySet<Digest>,
  signed: ReadonlySet<Digest>,
): Notice[] {
  if (!whole) return [];
  const lacking = whole.manifests.filter(({ digest }) => !there.has(digest));
  const { digest } = whole.descriptor;
  const asked = names.filter((name) => name.digest === digest || signed.has(digest));
  if (lacking.length === 0 || asked.length === 0) return [];
  const platforms = lacking.map(({ platform, digest }) => (platform ? formatPlatform(platform) : digest));
  const why = signed.has(digest) ? "which is signed or referred to" : "which is asked for";
  return asked.map((name) => ({
    severity: "warning",
    subject: formatReference(name),
    text: `its digest ${digest}, ${why}, cannot be published from these archives without ${platforms.join(", ")}: save all its platforms, in one archive or in several`,
  }));
}
