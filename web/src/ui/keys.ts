/** Is the key meant for a field, a dialog or the browser, rather than for the page's own keys? */
export function isTyping(e: KeyboardEvent): boolean {
  const field = e.target instanceof HTMLElement && e.target.matches('input, textarea, select, [contenteditable]')
  return e.ctrlKey || e.metaKey || e.altKey || field || document.querySelector('dialog[open], [role=dialog][aria-modal=true]') !== null
}
