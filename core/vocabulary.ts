/** What words mean to the built-in embedder: words for one thing share a name, in three languages and misspelt. */

/** `name` stands for all words of one meaning; `weight` says how much it tells, 0 to 1. */
export type Meaning = { readonly name: string; readonly weight: number };

const WEIGHTS = { concept: 1, frame: 0.6, topic: 0.3 };
/** A guessed word counts this much of a known one. */
const GUESS = 0.7;
/** Shorter words have too many neighbours to guess. */
const MIN_GUESS_LETTERS = 5;

/**
 * Words people use for the same thing when they write to a school or a shop, in English, German and Spanish; each line
 * becomes one term. Written folded; `_` joins words that only mean it together. Endings are taken off before looking.
 */
const CONCEPTS = `
access: access zugriff zugang acceso expire forever lifetime stay_open still_open close after_a_while
account: account konto cuenta profile profil perfil
advise: recommend recommendation right_for suit suits fits choose decide empfehlen empfehlung empfiehlst empfehlt
advise: passt recomiendas recomiendan advise advice elegir decidir anfangen aconsejas
assistant: bot robot roboter ai chatgpt machine maschine maquina automated assistant computer
begin: schedule start starts starting begin beginning begins date beginn beginnt startet empieza comienza timetable
begin: termine fecha horario
beginner: beginner newbie newbies anfanger anfangerin principiante experience erfahrung experiencia vorkenntnisse
beginner: prerequisite requirement voraussetzung requisito level niveau nivel knowledge before suitable geeignet fit
beginner: suited advanced fortgeschritten
book: book booking buy buying purchase enrol enroll enrolled sign_up sign_me register reserve buchen kaufen anmelden
book: inscribirme inscribir comprar reservar checkout join_now plaza platz
bought: bought gekauft comprado purchased ordered i_paid
broken: broken error crash crashes freeze freezing slow bug fehler stops blank reproduce ladt kaputt doesnt_work
broken: dont_work not_work not_working no_funciona geht_nicht funktioniert_nicht wont_load not_load not_loading
broken: doesnt_play black_screen is_down
bye: bye goodbye tschuss ciao adios luego hasta see_you wiedersehen cya take_care good_night have_a_nice have_a_good
bye: bis_bald gute_nacht farewell
cancel: cancel cancelled cancelling cancellation canceled cancelar quit terminate kundigen kundige kundigung
cancel: unsubscribe stop_my end_my to_end beenden darme_de_baja get_out
certificate: certificate certificado certification certified zertifikat diploma diplom
change: change changing changed update edit correct andern anderung cambiar actualizar new moved neue
charge: charge charges charged billed debited deducted taken abgebucht abbuchung cobrado cobro took
company: company companies corporate business businesses employee colleague firma firmen empresa unternehmen our_team
company: unser_team office workplace workshop group_rate group_booking clinic organisation organization event
company: whole_team our_staff for_our_team
compare: difference differ differs different compare comparison versus vs unterschied unterscheiden vergleich
compare: diferencia overlap the_same deeper
complain: complain complaint disappointed disappointing terrible worst awful beschweren beschwerde queja unhappy
complain: not_happy annoyed angry unzufrieden waste unacceptable frechheit decepcionada bad_service not_satisfied
complain: complaining enttauscht
content: content contents cover covers covered learn topic syllabus curriculum module lernt lernen worum contenido
content: taught include included includes enthalten incluye inhalt inhalte exercise aprende
cost: cost costs price prices pricing precio fee fees tariff expensive cheap kosten kostet preis preise teuer cuesta
cost: charge_for free gratis kostenlos is_free
data: data daten datos gdpr dsgvo privacy datenschutz privacidad stored
delete: delete deletion erase remove removed loschen loscht loschung borrar eliminar forget_me
discount: discount voucher coupon promo rabatt descuento scholarship reduced cheaper code gutscheincode ermassigung
discount: special_offer early_bird low_income social_rate ermassigt
done: done finish finished finishing complete completed fertig abgeschlossen terminado completada mark erledigt
done: tick_off i_did hecho
email: email emails e_mail mail mails correo newsletter
fail: fail failed failing fails declined rejected bounced fehlgeschlagen go_through abgelehnt rechazada
gift: gift present birthday christmas geschenk verschenken regalo regalar wife husband mother friend daughter sister
gift: someone_else geschenkgutschein
health: pregnant pregnancy schwanger schwangerschaft embarazada asthma asma blood_pressure bluthochdruck hipertension
health: epilepsy heart_condition heart_surgery heart_disease condition contraindication medication medicine medikament
health: antidepressants surgery doctor arzt medico health illness ill glaucoma operation disease diabetes migraine
hello: hi hello hey hallo hola moin servus greetings hiya heyy good_morning good_evening good_afternoon good_day
hello: guten_tag guten_morgen guten_abend buenos_dias buenas
human: human humans person menschen mensch mitarbeiter persona operator someone somebody jemand jemandem staff
human: real_person agent anybody human_being
invoice: invoice receipt bill rechnung rechnungen factura quittung recibo proof_of vat tax
language: language english german spanish french italian deutsch deutsche englisch spanisch sprache idioma subtitle
language: untertitel subtitulos translated ingles aleman
length: how_long duration length long lange dauert dauer cuanto dura duracion how_many_weeks how_many_hours
locked: lock locked gesperrt bloqueada expired
login: login log_in logging sign_in password passwort contrasena einloggen iniciar_sesion get_into anmeldung let_me_in
lost: gone missing disappeared vanished lost weg fehlt falta see_my cant_see not_there still_no no_access not_in
lost: showing show_up
member: member membership mitglied mitgliedschaft membresia miembro subscription abo suscripcion
method: bank_transfer paypal credit_card uberweisung transferencia apple_pay sepa card karte tarjeta debit method
method: zahlungsart visa mastercard
much: how_much wieviel wie_viel cuanto_cuesta
next: next nachste nachster nachstes proxima proximo weiter continue go_on comes_after siguiente
online: online app zoom camera kamera camara webcam device phone tablet download browser ipad laptop linea
order: order orders bestellung pedido
page: page site website webseite seite screen pagina
panic: panic panicked panicking panik dizzy mareada numb faint fainted fainting scared tingling schwindlig schwindelig
panic: maree frightened racing strange shaking passed_out unwell headache nausea
parts: instalment installment instalments split monthly ratenzahlung raten rates plazos cuotas monatlich per_month
parts: every_month in_parts half parts several_months payment_plan mensual
pause: pause paused pausing pausieren pausar on_hold break freeze_my aussetzen interrupt away unterbrechen
pay: pay pays paying paid payed payment payments zahlen bezahlen bezahlt zahlung pagar pago pagado
place: located location address adresse direccion city stadt ciudad studio in_person face_to vor_ort on_site ubicados
place: based visit come_by building retreat presenciales
policy: policy guarantee terms withdraw withdrawal widerruf right_of conditions bedingungen politica until_when if_i
policy: what_if if_the wenn
progress: progress fortschritt progreso where_was where_am left_off leave_off how_far weit iba so_far did_i_stop
progress: am_i_on last_time
recording: record recorded recording recordings aufgezeichnet aufzeichnung grabacion watch rewatch ansehen
refund: refund refunded refunds refundable money_back reimburse erstatten erstattet ruckerstattung geld_zuruck
refund: reembolso devuelvan devolver devolucion give_back pay_back give_me_back zuruckgeben return
remind: remind reminder erinnere erinnern erinnerung recuerdame recordatorio notification notify nudge ping forgetting
rules: rule regel regeln normas reglas conduct advertise advertising werbung community comunidad forum post posts
rules: in_the_group in_der_gruppe spam rude code_of
sad: sad overwhelmed lonely crying depressed anxious burnt tired traurig erschopft uberfordert einsam triste feel
sad: feeling exhausted agotada alone worn stressed gestresst cope not_well doing_well too_much bad_day nicht_gut
sad: struggling hopeless down_and
safe: safe risk risks danger dangerous gefahrlich peligroso side_effects harmful sicher seguro avoid
stress: stress stressful calm relax relaxed entspannen tension switch_off estres
talk: talk talking speak call_me phone_number sprechen reden anrufen hablar llamar connect
taster: taster trial try schnupperabend schnuppern probestunde prueba first_look open_evening free_trial tryout
taster: ausprobieren probar
teacher: teacher teach teaches instructor trainer lehrer lehrerin unterrichtet unterrichten profesor profesora
teacher: lehrkraft kursleiter kursleitung founder who_founded leads leitet leiten who_runs qualification
teacher: qualifications therapist dirige
thanks: thanks thank thx thanx danke dank gracias appreciate cheers ty helpful kind_of_you
ticket: ticket request case solicitud antwort reply answer answered answers status neues news novedad
time: week weeks hour hours month months minute minutes woche wochen stunde stunden monat monate semana semanas hora
time: horas mes meses
twice: twice double doubled duplicate two_times doppelt doppelte zweimal dos_veces doble
video: video videos player audio sound ton sonido hear button`;

/** Words that shape a sentence: they count less than what it is about. */
const FRAMES = `
?about: about info infos information overview offer offers offered angebot ofrecen gibt show tell_me
?after: after afterwards nach later spater despues
?allowed: allowed may darf durfen forbidden permitted erlaubt permitido
?ask: can_i do_you is_there are_there is_it what_is what_are is_the are_the how_does how_do kann_ich gibt_es puedo hay
?ask: do_i does_the are_your is_this possible_to moglich posible
?group: group groups gruppe grupo team
?help: help helps helfen ayuda ayudar hilfe
?how: how wie como
?join: join take_part part mitmachen teilnehmen participar
?live: live vivo
?many: how_many wie_viele cuantas cuantos
?mine: my mine mein meine meinen meinem meiner meines mi mis
?name: name names namen nombre
?not: not no nicht kein keine keinen dont doesnt didnt cant cannot wont isnt havent never nobody nothing nada without
?should: should should_i soll sollte deberia which_one
?still: still yet noch immer anymore todavia
?want: want would_like id_like need wish mochte brauche quiero necesito
?when: when whens wann cuando what_time which_day uhr
?where: where wheres wo donde
?which: which welcher welche welches
?who: who whos wer quien quienes
?why: why warum porque
?you: are_you bist_du eres you_are can_you who_are am_i_talking am_i_chatting`;

/** What nearly everybody writes about: it says little about what is wanted. */
const TOPICS = `
course: course kurs kurse curso cursos programme program programa training class classes clases ausbildung
lesson: lesson lektion lektionen leccion lecciones`;

/** Words that say next to nothing. */
export const LIGHT_WORDS: ReadonlySet<string> = new Set(
  `a an and are as at be can could did do does for from had has have ive i if in is it its me of on or please pls so
that the there this to was we were will with would you your our us am im id just also ok u ich du ihr wir es ein eine
einen einem einer der die das den dem und ist sind auf zu zum mir fur bei euch bitte hab habe haben kann que el la los
las de del en un una al les des et est por para si me se`.split(/\s+/),
);

const VOCABULARY = readVocabulary();
const MISSPELT = misspellings();

/** The meaning of a folded phrase of two or three words, or of nothing at all. */
export function phraseMeaning(phrase: string): Meaning | undefined {
  return VOCABULARY.get(phrase);
}

/** The meaning of a folded word as written, without its ending, or one letter away. */
export function wordMeaning(word: string): Meaning | undefined {
  return VOCABULARY.get(word) ?? VOCABULARY.get(stem(word)) ?? guess(stem(word));
}

/** Takes off the commonest endings of the three languages; right often enough for telling texts apart. */
export function stem(word: string): string {
  return word.replace(/(?<=.{4})(?:ings?|e[dns]?|[ao]?s|[ao])$/, '');
}

function readVocabulary(): ReadonlyMap<string, Meaning> {
  const words = [
    ...readLines(TOPICS, WEIGHTS.topic),
    ...readLines(FRAMES, WEIGHTS.frame),
    ...readLines(CONCEPTS, WEIGHTS.concept),
  ];
  // What is written down wins over what an ending taken off happens to look like.
  return new Map([...words.map(([word, meaning]) => [stem(word), meaning] as const), ...words]);
}

function readLines(lines: string, weight: number): readonly (readonly [string, Meaning])[] {
  return lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', words = ''] = line.split(': ');
      return words.split(' ').map((word) => [word.replaceAll('_', ' '), { name, weight }] as const);
    });
}

/** The known word that differs in one letter: left out, too much, another one, or two swapped. The first is right. */
function guess(word: string): Meaning | undefined {
  if (word.length < MIN_GUESS_LETTERS) return undefined;
  const found = [word, ...deletions(word)].map((near) => VOCABULARY.get(near) ?? MISSPELT.get(near)).find(Boolean);
  return found && { name: found.name, weight: found.weight * GUESS };
}

function misspellings(): ReadonlyMap<string, Meaning> {
  const words = [...VOCABULARY].filter(([word]) => word.length >= MIN_GUESS_LETTERS && !word.includes(' '));
  return new Map(words.flatMap(([word, meaning]) => deletions(word).map((near) => [near, meaning] as const)));
}

function deletions(word: string): readonly string[] {
  return Array.from({ length: word.length - 1 }, (_, index) => word.slice(0, index + 1) + word.slice(index + 2));
}
