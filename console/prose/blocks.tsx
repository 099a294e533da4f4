/** Draws the blocks of a reply, the same in the chat widget and in the console. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Block, Option } from '../../core/block.ts';
import { parseMarkdown } from './markdown.ts';
import { drawNodes } from './prose.tsx';
import { safeUrl } from './safe-url.ts';

type BlockOf<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

export type BlocksProps = {
  readonly blocks: readonly Block[];
  /** The words before the sources, in the reader's language. */
  readonly sourcesLabel: string;
  /** Tokens of the options that were taken already; their group is closed. */
  readonly taken: ReadonlySet<string>;
  /** Absent: the reader only looks on, nothing can be pressed. */
  readonly onChoose?: (option: Option) => void;
};

/** All blocks of one reply; its sources come last, side by side. */
export function Blocks(props: BlocksProps): ComponentChildren {
  const { blocks, sourcesLabel } = props;
  const sources = blocks.filter((block) => block.kind === 'citation');
  return (
    <>
      {blocks.map((block) => (
        <OneBlock block={block} all={props} />
      ))}
      {sources.length > 0 && <Sources sources={sources} label={sourcesLabel} />}
    </>
  );
}

function OneBlock({ block, all }: { readonly block: Block; readonly all: BlocksProps }): ComponentChildren {
  switch (block.kind) {
    case 'text':
      return <TextBlock block={block} />;
    case 'choices':
      return (
        <div class="choices">
          {block.prompt && <p>{block.prompt}</p>}
          <Options options={block.options} all={all} />
        </div>
      );
    case 'link':
      return <LinkButton label={block.label} url={block.url} isMain />;
    case 'card':
      return <Card card={block} all={all} />;
    case 'media':
      return <LinkButton label={block.alt || block.url} url={block.url} />;
    case 'form':
      return (
        <ul>
          {block.fields.map((field) => (
            <li>{field.label}</li>
          ))}
        </ul>
      );
    case 'table':
      return <Table table={block} />;
    case 'citation':
      return null;
    default:
      // A newer server may know blocks that this page does not.
      return null;
  }
}

function TextBlock({ block }: { readonly block: BlockOf<'text'> }): ComponentChildren {
  const drawn = useMemo(() => drawNodes(block.root?.children ?? parseMarkdown(block.text)), [block]);
  return (
    <div class="prose" dir="auto">
      {drawn}
    </div>
  );
}

function Options({ options, all }: { readonly options: readonly Option[]; readonly all: BlocksProps }) {
  const { taken, onChoose } = all;
  const isClosed = onChoose === undefined || options.some((option) => taken.has(option.token));
  return (
    <div class="options">
      {options.map((option) => (
        <button
          type="button"
          class={taken.has(option.token) ? 'option taken' : 'option'}
          disabled={isClosed}
          onClick={() => onChoose?.(option)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

function Card({ card, all }: { readonly card: BlockOf<'card'>; readonly all: BlocksProps }) {
  return (
    <section class="card">
      <h3 dir="auto">{card.title}</h3>
      {card.body && (
        <div class="prose" dir="auto">
          {drawNodes(parseMarkdown(card.body))}
        </div>
      )}
      {(card.options.length > 0 || card.link) && (
        <div class="card-actions">
          {card.options.length > 0 && <Options options={card.options} all={all} />}
          {card.link && <LinkButton label={card.link.label} url={card.link.url} isMain />}
        </div>
      )}
    </section>
  );
}

type LinkButtonProps = { readonly label: string; readonly url: string; readonly isMain?: boolean };

function LinkButton({ label, url, isMain = false }: LinkButtonProps) {
  const address = safeUrl(url);
  if (address === null) return <p>{label}</p>;
  return (
    <p class="link-line">
      <a class={isMain ? 'link-button' : 'media-link'} href={address} target="_blank" rel="noopener noreferrer">
        {label}
      </a>
    </p>
  );
}

function Table({ table }: { readonly table: BlockOf<'table'> }) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell) => (
              <th scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Sources({ sources, label }: { readonly sources: readonly BlockOf<'citation'>[]; readonly label: string }) {
  return (
    <p class="sources">
      <span class="sources-label">{label}</span>
      {sources.map((source) => {
        const url = source.url === undefined ? null : safeUrl(source.url);
        if (url === null) return <span class="source">{source.label}</span>;
        return (
          <a class="source" href={url} target="_blank" rel="noopener noreferrer">
            {source.label}
          </a>
        );
      })}
    </p>
  );
}
