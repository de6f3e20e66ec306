import { Store } from "./store";

/** What a widget needs. */
export interface Options {
  name: string;
  size?: number;
}

export enum Colour { Red, Green }

export class Widget {
  constructor(private store: Store, private options: Options) {}

  /** Draws it. */
  draw(): string {
    const size = this.options.size ?? 10;
    return `${this.options.name}: ${"#".repeat(size)}`;
  }
}

export const make = (name: string): Widget => new Widget(new Store(), { name });

namespace Inner {
  export function help(): void {}
}
