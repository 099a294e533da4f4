/** The page before the console: the admin token, pasted once. */
import { useState } from 'preact/hooks';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { Mark } from './mark.tsx';
import { ProblemNote } from './parts.tsx';

export function SignIn({ desk }: { readonly desk: Desk }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const signIn = async () => {
    setBusy(true);
    setProblem(await desk.signIn(token.trim()));
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <Mark />
        <h1>Throughline console</h1>
        <p>See every conversation and why each reply was sent, and take over when you should.</p>
        <label for="token">Admin token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="main" disabled={isBusy || token.trim() === ''}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <ProblemNote problem={problem} />
        <p class="hint">
          The token was printed once, when the server started for the first time. Lost it? Set{' '}
          <code>CONSOLE_ADMIN_TOKEN</code> and start the server again.
        </p>
      </form>
    </main>
  );
}
