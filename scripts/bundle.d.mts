/** Bundles modules, paths in `root`/src/, for Node into a folder of `root`; gives the paths in it of the files that it made. */
export function bundleForNode(root: string, sources: readonly string[], folder: string): Promise<string[]>;
