import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { REFUSALS, type RefusalReason } from '@overworld/protocol';
import { RefusalError } from './refusal-error.ts';

/** The part of an HTTP response that the filter uses: of Express, or of anything alike. */
interface HttpResponse {
  readonly headersSent: boolean;
  status(code: number): HttpResponse;
  json(body: unknown): void;
}

export interface RefusalBody {
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly next: string;
}

/** Counts and logs what was refused; the one failure among them that is ours comes with its cause. */
export type RefusalListener = (reason: RefusalReason, cause: unknown) => void;

/** Every failed REST call answers `{reason, detail, next}`: a reason of the closed set, and what to do about it. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  readonly #refused: RefusalListener;

  constructor(refused: RefusalListener) {
    this.#refused = refused;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const { reason, detail, status } = describe(exception);
    this.#refused(reason, exception);
    if (response.headersSent) return;
    response.status(status).json({ reason, detail, next: REFUSALS[reason].next } satisfies RefusalBody);
  }
}

interface Description {
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly status: number;
}

function describe(exception: unknown): Description {
  if (exception instanceof RefusalError) {
    const { reason, message } = exception;
    return { reason, detail: message, status: REFUSALS[reason].status };
  }
  const status = statusOf(exception);
  if (status === undefined || status >= 500) {
    return { reason: 'internal', detail: REFUSALS.internal.meaning, status: REFUSALS.internal.status };
  }
  return { reason: reasonOfStatus(status), detail: (exception as Error).message, status };
}

/** Of Nest's exceptions and of those of the body parser, which carry a status, too. */
function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (exception instanceof Error && 'status' in exception && typeof exception.status === 'number') {
    return exception.status;
  }
  return undefined;
}

function reasonOfStatus(status: number): RefusalReason {
  if (status === 401) return 'unauthorized';
  if (status === 413) return 'too-large';
  if (status === 429) return 'rate-limited';
  return 'bad-request';
}
