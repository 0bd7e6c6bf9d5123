/** The entry of the build for a plain script tag: everything as the global `Vnf`. */
import { Vnf } from './index.ts';

Object.assign(globalThis, { Vnf });
