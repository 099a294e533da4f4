/** The sign of the product: one line that runs through. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M5 20c6 0 6-9 11-9s5 9 11 9" />
    </svg>
  );
}
