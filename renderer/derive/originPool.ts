/** Who recorded spans, by number: the same resource and scope have the same number, whatever batch they came in. */
import type { Origin } from '../../shared/span.ts';

/** What the store calls spans that this program recorded itself, and those that say nothing of their service. */
export const OWN_SERVICE = 'tracedeck';
export const UNKNOWN_SERVICE = 'unknown_service';

export class OriginPool {
  readonly #origins: (Origin | undefined)[] = [undefined];
  readonly #serviceIds: number[] = [0];
  readonly #services: string[] = [OWN_SERVICE];
  readonly #byObject = new WeakMap<Origin, number>();
  readonly #byText = new Map<string, number>();

  /** 0 for this program itself. */
  numberOf(origin: Origin | undefined): number {
    if (origin === undefined) return 0;
    let number = this.#byObject.get(origin);
    if (number !== undefined) return number;
    const text = JSON.stringify([origin.resource, origin.scope]);
    number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#origins.length;
      this.#origins.push(origin);
      this.#serviceIds.push(this.#serviceId(serviceOf(origin)));
      this.#byText.set(text, number);
    }
    this.#byObject.set(origin, number);
    return number;
  }

  at(number: number): Origin | undefined {
    return this.#origins[number];
  }
  serviceId(number: number): number {
    return this.#serviceIds[number]!;
  }
  service(serviceId: number): string {
    return this.#services[serviceId]!;
  }

  #serviceId(service: string): number {
    const known = this.#services.indexOf(service);
    return known >= 0 ? known : this.#services.push(service) - 1;
  }
}

/** `service.name` of whoever recorded something. */
export function serviceOf(origin: Origin | undefined): string {
  if (origin === undefined) return OWN_SERVICE;
  const name = origin.resource['service.name'];
  return typeof name === 'string' && name !== '' ? name : UNKNOWN_SERVICE;
}
