/** The error classes, gathered under one name. @module */
export {
  AccessError,
  AlgorithmError,
  ClaimError,
  FormatError,
  HeaderError,
  isAuthError,
  KeyError,
  OptionError,
  PortcullisError,
  RequestError,
  RevocationError,
  SignatureError,
} from './internal.js';
