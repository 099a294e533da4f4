/** Keeps the full-screen panel above the on-screen keyboard, which some browsers lay over the page. */

/** Writes the visible height and its offset as CSS lengths on the element. */
export function followViewport(element: HTMLElement): void {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const measure = () => {
    // Pinching in makes the viewport small as well; then the panel stays as it is.
    if (visualViewport.scale > 1.01) return;
    element.style.setProperty('--visible-height', `${visualViewport.height}px`);
    element.style.setProperty('--visible-top', `${visualViewport.offsetTop}px`);
  };
  measure();
  visualViewport.addEventListener('resize', measure);
  visualViewport.addEventListener('scroll', measure);
}
