import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';

/** A hub like another one, some members of whose endpoints are a test's own. */
export function overrideHub(
  hub: ParentHub,
  overrides: (endpoint: ParentEndpoint) => Partial<ParentEndpoint>,
): ParentHub {
  return {
    openEndpoint(eva) {
      const endpoint = hub.openEndpoint(eva);
      const own = overrides(endpoint);
      return new Proxy(endpoint, {
        get: (target, key) => Reflect.get(key in own ? own : target, key),
        set: (target, key, value) => Reflect.set(target, key, value),
      });
    },
  };
}
