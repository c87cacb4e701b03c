/** The error classes under one name. @module */
export {
  AccessError,
  AlgorithmError,
  CallbackError,
  ClaimError,
  FormatError,
  HeaderError,
  isAuthError,
  KeyError,
  OptionError,
  PasswordError,
  PortcullisError,
  RequestError,
  RevocationError,
  SignatureError,
} from './internal.js';
