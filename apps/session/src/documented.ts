import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { REFUSALS, type RefusalReason } from '@overworld/protocol';
import { z } from 'zod';
import { refusalAnswer } from './rest-schemas.ts';

export interface RouteDocument {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  readonly status?: number;
  readonly refusals: readonly RefusalReason[];
  readonly needsToken?: boolean;
}

type OpenApiSchema =
  Exclude<Parameters<typeof ApiResponse>[0], undefined> extends infer Options
    ? Options extends { schema: infer Schema }
      ? Schema
      : never
    : never;

function openApi(schema: z.ZodType, io: 'input' | 'output' = 'input'): OpenApiSchema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
  }) as OpenApiSchema;
}

/** A route in the OpenAPI document, from the schemas that check it. Also sets its status. */
export function Documented(route: RouteDocument): MethodDecorator {
  const status = route.status ?? 200;
  const decorators = [
    HttpCode(status),
    ApiOperation({ summary: route.summary }),
    ApiResponse({ status, description: 'Done', schema: openApi(route.answer) }),
    ...refusalResponses(route.refusals),
  ];
  if (route.body !== undefined) decorators.push(ApiBody({ schema: openApi(route.body) }));
  decorators.push(...queryParameters(route.query));
  if (route.needsToken) decorators.push(ApiBearerAuth() as MethodDecorator);
  return applyDecorators(...decorators);
}

/** None has to be given. What they are after they were read from text is what they have to be before. */
function queryParameters(query: z.ZodObject | undefined): MethodDecorator[] {
  return Object.entries(query?.shape ?? {}).map(([name, type]) =>
    ApiQuery({ name, required: false, schema: openApi(type as z.ZodType, 'output') }),
  );
}

/** One response per status, which names the reasons that come with it. */
function refusalResponses(reasons: readonly RefusalReason[]): MethodDecorator[] {
  const byStatus = new Map<number, RefusalReason[]>();
  for (const reason of reasons) {
    const { status } = REFUSALS[reason];
    byStatus.set(status, [...(byStatus.get(status) ?? []), reason]);
  }
  return [...byStatus].map(([status, list]) =>
    ApiResponse({ status, description: list.join(', '), schema: openApi(refusalAnswer) }),
  );
}
