/** The version of this package, as it stands in package.json; a test holds the two equal. */
export const VERSION = '0.1.0';
