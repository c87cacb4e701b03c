/** The platform of this build. It is Node's while type checking; the build replaces it per runtime. @module */
export { platform } from './node.js';
