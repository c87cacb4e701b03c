/** The platform of this build. Stands for Node while type checking; the build replaces it per runtime. @module */
export { platform } from './node.js';
