/** The version of the package, inserted by the build. */
declare const PORTCULLIS_VERSION: string;
