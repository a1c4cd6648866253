import { element } from './elements.ts';
import type { ListOrder } from './order.ts';

const key = 'instrument_server.order';
const words: Readonly<Record<ListOrder, string>> = {
  trouble: 'trouble',
  name: 'name',
  duration: 'duration',
  cpu: 'CPU',
  changed: 'last change',
};
const orders: readonly ListOrder[] = ['trouble', 'name', 'duration', 'cpu', 'changed'];

/** The field that chooses the order of the list. */
export type OrderChoice = {
  readonly element: HTMLElement;
  current(): ListOrder;
  /** The order in words: `last change`. */
  words(): string;
};

/** Makes the field. This browser remembers the choice. */
export function createOrderChoice(onChange: () => void): OrderChoice {
  let current = remembered();
  const options = orders.map((order) => element('option', { value: order }, words[order]));
  const field = element('select', { id: 'order' }, ...options);
  field.value = current;
  field.addEventListener('change', () => {
    current = orderOf(field.value);
    remember(current);
    onChange();
  });
  return {
    element: element('label', { class: 'order' }, 'Order by ', field),
    current: () => current,
    words: () => words[current],
  };
}

function orderOf(text: string | null): ListOrder {
  return orders.find((order) => order === text) ?? 'trouble';
}

function remembered(): ListOrder {
  try {
    return orderOf(localStorage.getItem(key));
  } catch {
    return 'trouble';
  }
}

function remember(order: ListOrder): void {
  try {
    localStorage.setItem(key, order);
  } catch {
    // The browser stores nothing: the order holds until the page is closed.
  }
}
