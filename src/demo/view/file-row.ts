import { describeStatus, percentOf, readableSize } from '../files/describe-file.ts';
import type { FileTransfer } from '../files/file-transfer.ts';
import { IncomingFile } from '../files/incoming-file.ts';
import { find, fromTemplate, type Row, setBadge, setLabel, setText } from './dom.ts';

/** A file on its way or over, with what can be done about it. */
export function fileRow(file: FileTransfer, dismiss: (file: FileTransfer) => void): Row<FileTransfer> {
  const element = fromTemplate('file-row');
  const { name, peerName, size } = file.details;
  const isIncoming = file instanceof IncomingFile;
  setText(find('[data-name]', element), name);
  setText(find('[data-about]', element), `${readableSize(size)} ${isIncoming ? 'from' : 'to'} ${peerName}`);
  const progress = find<HTMLProgressElement>('progress', element);
  // An empty file has no maximum of its own.
  progress.max = Math.max(size, 1);
  setLabel(progress, `Progress of ${name}`);
  const accept = find('[data-accept]', element);
  const cancel = find('[data-cancel]', element);
  const save = find<HTMLAnchorElement & HTMLElement>('[data-save]', element);
  const dismissButton = find('[data-dismiss]', element);
  // Several files may wait at once: whoever hears the page must know which button is whose.
  setLabel(accept, `Accept ${name}`);
  setLabel(save, `Save ${name}`);
  setLabel(dismissButton, `Dismiss ${name}`);
  if (isIncoming) accept.addEventListener('click', () => file.accept());
  cancel.addEventListener('click', () => file.cancel());
  dismissButton.addEventListener('click', () => dismiss(file));
  return {
    element,
    update() {
      const { state, arrived, isOver } = file;
      const hasFocus = element.contains(document.activeElement);
      setBadge(find('[data-badge]', element), state);
      setText(find('[data-status]', element), describeStatus(file));
      progress.value = state === 'done' ? progress.max : arrived;
      progress.hidden = state === 'offered' || (isOver && state !== 'done');
      progress.textContent = `${percentOf(arrived, size)} %`;
      accept.hidden = !(isIncoming && state === 'offered');
      const cancelWord = isIncoming && state === 'offered' ? 'Decline' : 'Cancel';
      setText(cancel, isOver ? '' : cancelWord);
      setLabel(cancel, `${cancelWord} ${name}`);
      dismissButton.hidden = !isOver;
      save.hidden = !(isIncoming && state === 'done');
      if (isIncoming && file.whole !== undefined && !save.href.startsWith('blob:')) {
        save.href = URL.createObjectURL(file.whole);
        save.download = name;
      }
      // The button that was pressed may be gone: whoever uses the keyboard goes on from the next one.
      if (hasFocus && (document.activeElement as HTMLElement).hidden) {
        element.querySelector<HTMLElement>(':is(button, a):not([hidden])')?.focus();
      }
    },
    dispose() {
      URL.revokeObjectURL(save.href);
    },
  };
}
