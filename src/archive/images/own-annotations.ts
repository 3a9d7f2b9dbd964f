/** Of an image in an `index.json` of ours: the digest of the list that it was chosen from, which is in the archive as well. */
export const listAnnotation = "airgap-load.list";

/** Of what refers to an image: the repository, with its host, that it was found in. */
export const repositoryAnnotation = "airgap-load.repository";
