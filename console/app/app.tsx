/** The whole console: sign-in, or the header with one of its pages below. */
import { AlertsPage } from './alerts-page.tsx';
import type { Desk } from './desk.ts';
import { ExemplarsPage } from './exemplars-page.tsx';
import { GapsPage } from './gaps-page.tsx';
import { Header } from './header.tsx';
import { JourneyPage } from './journey-page.tsx';
import { useKeys } from './keys.ts';
import { ParkedPage } from './parked-page.tsx';
import { PeoplePage } from './people-page.tsx';
import { PersonPage } from './person-page.tsx';
import { SignIn } from './sign-in.tsx';
import { ThreadsPage } from './threads-page.tsx';

export function App({ desk }: { readonly desk: Desk }) {
  useKeys(desk);
  if (!desk.isSignedIn.value) return <SignIn desk={desk} />;
  // The first answer tells whether the cookie still holds; until then neither page would be true.
  if (desk.overview.value.value === null && desk.overview.problem.value === null) return null;
  return (
    <div class="app">
      <Header desk={desk} />
      <OnePage desk={desk} />
    </div>
  );
}

function OnePage({ desk }: { readonly desk: Desk }) {
  const page = desk.page.value;
  switch (page.name) {
    case 'threads':
      return <ThreadsPage desk={desk} thread={page.thread} turn={page.turn} />;
    case 'alerts':
      return <AlertsPage desk={desk} />;
    case 'parked':
      return <ParkedPage desk={desk} />;
    case 'people':
      return page.person === null ? <PeoplePage desk={desk} /> : <PersonPage desk={desk} name={page.person} />;
    case 'journey':
      return <JourneyPage desk={desk} />;
    case 'gaps':
      return <GapsPage desk={desk} />;
    case 'exemplars':
      return <ExemplarsPage desk={desk} />;
  }
}
