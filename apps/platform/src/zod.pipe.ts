import type { PipeTransform } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import type { z } from 'zod';
import { RefusalError } from './refusal-error.ts';

/** The first thing wrong, in one sentence that names the field. */
export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not what is asked for';
  const field = issue.path.join('.');
  return field === '' ? issue.message : `${field}: ${issue.message}`;
}

/** A body, query or parameter of a REST call, checked by its schema. */
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  transform(value: unknown): z.output<Schema> {
    const parsed = this.#schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new RefusalError('bad-request', describeIssue(parsed.error));
  }
}

/** The payload of a control message, checked by its contract. */
export class ContractPipe implements PipeTransform {
  readonly #schema: z.ZodType;

  constructor(schema: z.ZodType) {
    this.#schema = schema;
  }

  transform(value: unknown): unknown {
    const parsed = this.#schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new RpcException(`bad-request: ${describeIssue(parsed.error)}`);
  }
}
