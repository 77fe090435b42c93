import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { validateSync, type ValidationError } from 'class-validator';
import { Readable } from 'node:stream';
import { type FieldError, Refusal } from '../../kernel/refusal.js';
import { isUnclean } from './body.js';
import { fieldsOf, type FieldSpec, type NestedSpec } from './fields.js';

/** Enough to put a form right; a body can be wrong in a hundred thousand ways. */
const MAX_ERRORS = 20;
const MAX_NAME = 100;

type Dto = abstract new () => object;
type Origin = 'body' | 'query';

const NO_DTO: readonly unknown[] = [Object, String, Number, Boolean, Array, undefined];

/** The global pipe: bodies and queries become their DTO, or a refusal that lists what is wrong with which field. */
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || NO_DTO.includes(metatype) || value instanceof Readable) return value;
    return validated(metatype as Dto, value ?? {}, type);
  }
}

/** An instance of the DTO with the values of `plain`, checked. @throws Refusal validation-failed */
export function validated<T extends object>(type: abstract new () => T, plain: unknown, origin: Origin = 'body'): T {
  const errors: FieldError[] = [];
  const dto = instantiate(type, plain as Record<string, unknown>, origin, '', errors);
  if (fieldsOf(type).size > 0 && errors.length < MAX_ERRORS && !isRight(type, dto)) {
    const options = {
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
    };
    flatten(validateSync(dto, options), '', errors);
  }
  if (errors.length > 0) throw failed(errors);
  return dto as T;
}

/**
 * Whether every field passes its check, asked of the fields themselves: most bodies are right, and then class-validator, which
 * asks the same checks, has nothing to word. It costs a tenth of a command.
 */
function isRight(type: Dto, dto: object): boolean {
  for (const [name, { check, nested }] of fieldsOf(type)) {
    const value = (dto as Record<string, unknown>)[name];
    if (check(value) !== undefined) return false;
    if (nested === undefined || value === undefined || value === null) continue;
    const entries = nested.list ? (value as object[]) : [value];
    if (!entries.every((entry) => isRight(nested.type, entry))) return false;
  }
  return true;
}

/**
 * Whitelists and builds. Done here rather than by class-transformer and class-validator's whitelist: those follow keys such as
 * `hasOwnProperty` into prototypes, and build and validate every entry of a list before they look at its length.
 */
function instantiate(
  type: Dto,
  plain: Readonly<Record<string, unknown>>,
  origin: Origin,
  path: string,
  errors: FieldError[],
): object {
  const fields = fieldsOf(type);
  const dto = new (type as new () => Record<string, unknown>)();
  for (const name of Object.keys(plain)) {
    const spec = fields.get(name);
    if (spec !== undefined) {
      const value = origin === 'query' ? fromQuery(spec, plain[name], name, errors) : plain[name];
      dto[name] =
        spec.nested === undefined
          ? normalised(spec, value)
          : instantiateNested(spec.nested, value, path + name, errors);
    } else if (
      errors.push({
        field: (path + name).slice(0, MAX_NAME),
        message: `is not a ${origin === 'query' ? 'parameter' : 'field'} of this request`,
      }) >= MAX_ERRORS
    ) {
      throw failed(errors);
    }
  }
  return dto;
}

const normalised = (spec: FieldSpec, value: unknown): unknown =>
  spec.kind.normalise ? spec.kind.normalise(value) : value;

/** What is no object or too long a list is left as it is, for the field's own check to refuse. */
function instantiateNested(spec: NestedSpec, value: unknown, path: string, errors: FieldError[]): unknown {
  const build = (entry: unknown, at: string): unknown => {
    if (typeof entry === 'string' && spec.short !== undefined) return build({ [spec.short]: entry }, at);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
    return instantiate(spec.type, entry as Record<string, unknown>, 'body', `${at}.`, errors);
  };
  if (!spec.list) return build(value, path);
  if (!Array.isArray(value)) return value;
  if (value.length > spec.max) throw failed([{ field: path, message: `must have at most ${spec.max} entries` }]);
  return value.map((entry, index) => build(entry, `${path}.${index}`));
}

function fromQuery({ kind }: FieldSpec, value: unknown, name: string, errors: FieldError[]): unknown {
  const isList = kind.schema['type'] === 'array';
  if (Array.isArray(value) && !isList) {
    errors.push({ field: name, message: 'must be given once' });
    return undefined;
  }
  const texts = (Array.isArray(value) ? value : [value]) as string[];
  if (texts.some(isUnclean)) errors.push({ field: name, message: 'holds a NUL character or half a surrogate pair' });
  // What cannot be read is left as text, for the check to refuse.
  return isList ? texts : kind.fromText ? (kind.fromText(texts[0]!) ?? texts[0]) : texts[0];
}

function flatten(found: readonly ValidationError[], path: string, errors: FieldError[]): void {
  for (const { property, constraints, children } of found) {
    if (errors.length >= MAX_ERRORS) return;
    const [message] = Object.values(constraints ?? {});
    const field = path + property;
    if (message !== undefined && !errors.some((error) => error.field === field)) errors.push({ field, message });
    if (children !== undefined) flatten(children, `${field}.`, errors);
  }
}

function failed(errors: readonly FieldError[]): Refusal {
  const [first] = errors;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new Refusal('validation-failed', `${first!.field} ${first!.message}${rest}`, { errors });
}
