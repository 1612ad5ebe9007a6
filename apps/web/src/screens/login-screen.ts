import { element } from '../dom.ts';
import { sentenceOf } from '../sentences.ts';

/** Asks for a name. `enter` rejects with what went wrong, which is shown. */
export function loginScreen(
  name: string,
  notice: string,
  enter: (name: string) => Promise<void>,
): HTMLElement {
  const input = element('input', { id: 'name', maxLength: 24, autocomplete: 'nickname', placeholder: 'Ada' });
  input.value = name;
  const button = element('button', { class: 'primary', type: 'submit' }, 'Enter');
  const message = element('p', { class: 'notice' }, notice);
  message.setAttribute('role', 'alert');
  const form = element(
    'form',
    {},
    element('label', { for: 'name' }, 'What shall we call you?'),
    element('div', { class: 'row' }, input, button),
    message,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted = input.value.trim();
    if (wanted === '') {
      message.textContent = 'Please type a name first.';
      input.focus();
      return;
    }
    button.disabled = true;
    message.textContent = '';
    enter(wanted).catch((error: unknown) => {
      message.textContent = sentenceOf(error);
      button.disabled = false;
    });
  });
  queueMicrotask(() => input.focus());
  return element(
    'section',
    { class: 'screen', id: 'login' },
    element(
      'div',
      { class: 'card' },
      element('h1', {}, 'Overworld'),
      element(
        'p',
        { class: 'lead' },
        'Walk in, meet others, and keep your place whatever happens to the server.',
      ),
      form,
    ),
  );
}
