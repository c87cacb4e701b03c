/** The package's version, written in by the build. */
declare const PORTCULLIS_VERSION: string;
