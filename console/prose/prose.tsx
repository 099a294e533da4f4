/** Draws formatted text as elements. Words become text nodes, links are checked again; there is no way to HTML. */
import type { ComponentChildren } from 'preact';
import type { ListItem, ProseNode, TableRow } from './nodes.ts';
import { safeUrl } from './safe-url.ts';

/** Draws nodes in their order. Kinds it does not know show their words. */
export function drawNodes(nodes: readonly ProseNode[]): ComponentChildren[] {
  return nodes.map((node) => drawNode(node));
}

function drawNode(node: ProseNode): ComponentChildren {
  switch (node.type) {
    case 'text':
    case 'html':
      return node.value;
    case 'paragraph':
      return <p>{drawNodes(node.children)}</p>;
    case 'strong':
      return <strong>{drawNodes(node.children)}</strong>;
    case 'emphasis':
      return <em>{drawNodes(node.children)}</em>;
    case 'delete':
      return <del>{drawNodes(node.children)}</del>;
    case 'inlineCode':
      return <code>{node.value}</code>;
    case 'break':
      return <br />;
    case 'link':
      return drawLink(node.url, drawNodes(node.children));
    case 'image':
      return drawLink(node.url, node.alt || node.url);
    case 'heading':
      return <p class="heading">{drawNodes(node.children)}</p>;
    case 'thematicBreak':
      return <hr />;
    case 'code':
      return (
        <pre>
          <code>{node.value}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote>{drawNodes(node.children)}</blockquote>;
    case 'list':
      return drawList(node);
    case 'table':
      return drawTable(node.children);
    default:
      return 'children' in node ? drawNodes(node.children) : '';
  }
}

function drawLink(address: string, label: ComponentChildren): ComponentChildren {
  const url = safeUrl(address);
  if (url === null) return <span>{label}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {label}
    </a>
  );
}

function drawList(list: Extract<ProseNode, { type: 'list' }>): ComponentChildren {
  const items = list.children.map((item) => <li>{drawItem(item)}</li>);
  return list.ordered ? <ol start={list.start ?? 1}>{items}</ol> : <ul>{items}</ul>;
}

/** An item of one paragraph is drawn without it, so that short lists stay close together. */
function drawItem(item: ListItem): ComponentChildren {
  const [first, ...rest] = item.children;
  if (first?.type !== 'paragraph') return drawNodes(item.children);
  return [...drawNodes(first.children), ...drawNodes(rest)];
}

function drawTable([header, ...rows]: readonly TableRow[]): ComponentChildren {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {header?.children.map((cell) => (
              <th scope="col">{drawNodes(cell.children)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.children.map((cell) => (
                <td>{drawNodes(cell.children)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
