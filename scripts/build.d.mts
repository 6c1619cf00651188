/** Makes dist/ that of the sources in a checkout; gives whether it had to compile. Throws where they do not compile. */
export function build(root?: string): Promise<boolean>;
