import type { SourceImage } from "../../content/image-source.ts";
import { readIndexJson } from "../images/index-json.ts";
import { mergeImages } from "../images/merge-images.ts";
import type { Dialect } from "./dialect.ts";

/**
 * The artifact of KubeKey 3: an OCI layout whose tags end with the architecture. Its registry gets a list under the tag
 * without it (kubekey, cmd/kk/pkg/images).
 */
export const kubekey: Dialect = {
  title: "an artifact of KubeKey",
  findFolder: (name) => /^(.*\/)?kubekey\/images\/(?=index\.json$)/.exec(name)?.[0],
  accepts: () => Promise.resolve(true),

  async read(folder) {
    const content = await mergeImages(folder, [], await readIndexJson(folder));
    return { ...content, images: content.images.map(withoutArchitecture) };
  },

  nameWriter: () => "KubeKey 3",
};

function withoutArchitecture(image: SourceImage): SourceImage {
  const ending = `-${image.config.platform.architecture}`;
  const names = image.names.map((name) => (name.endsWith(ending) ? name.slice(0, -ending.length) : name));
  return { ...image, names };
}
