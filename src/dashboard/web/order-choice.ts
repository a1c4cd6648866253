import { element } from './elements.ts';
import type { ListOrder } from './order.ts';
import { rememberedValue, rememberValue } from './remembered.ts';

const remembered = 'order';
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
  /** Says that the order waits for the reader, or takes that back. Nothing moves. */
  showWaiting(isWaiting: boolean): void;
};

/** Makes the field. This browser remembers the choice. */
export function createOrderChoice(onChange: () => void): OrderChoice {
  let current = orderOf(rememberedValue(remembered));
  const options = orders.map((order) => element('option', { value: order }, words[order]));
  const field = element('select', { id: 'order' }, ...options);
  field.value = current;
  field.addEventListener('change', () => {
    current = orderOf(field.value);
    rememberValue(remembered, current);
    onChange();
  });
  const waits = element('span', { class: 'order-waits', hidden: '' }, 'order waits while you are here');
  return {
    element: element('label', { class: 'order' }, waits, 'Order by ', field),
    current: () => current,
    words: () => words[current],
    showWaiting(isWaiting) {
      if (waits.hidden === isWaiting) waits.hidden = !isWaiting;
    },
  };
}

function orderOf(value: unknown): ListOrder {
  return orders.find((order) => order === value) ?? 'trouble';
}
