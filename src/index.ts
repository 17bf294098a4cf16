/**
 * What a load file imports: `import { HttpUser, task } from 'katydid'`. Every name is documented where it
 * is defined. Everything else in the package is internal.
 */
/// <reference path="./data-modules.d.ts" preserve="true" />
export type { Cookies } from './http/cookie-store.ts';
export type {
  Fields,
  FieldValue,
  HeaderFields,
  HttpOptions,
  RequestBody,
  RequestOptions,
  ResponseCheck,
} from './http/http-options.ts';
export type { HttpResponse, ResponseTimings } from './http/http-response.ts';
export type { HttpSession, SessionExtension } from './http/http-session.ts';
export { ResponseError } from './http/response-error.ts';
export type { ResponseHeaders } from './http/response-headers.ts';
export {
  type DefinedOptions,
  defineOptions,
  type OptionDeclaration,
  type OptionValue,
  type OptionValueOf,
} from './script/define-options.ts';
export {
  type Environment,
  type EnvironmentRunner,
  type EnvironmentStats,
  environment,
  type ReceivedMessage,
} from './script/environment.ts';
export { EventHook, type EventListener } from './script/event-hook.ts';
export {
  type EnvironmentEvent,
  type Events,
  events,
  type InitEvent,
  type QuitEvent,
  type SpawningCompleteEvent,
  type UserErrorEvent,
  type WorkerConnectEvent,
  type WorkerReportEvent,
} from './script/events.ts';
export { FastHttpUser, HttpUser } from './script/http-user.ts';
export { LoadShape, LoadShape as LoadTestShape, type ShapeTick } from './script/load-shape.ts';
export type { RequestEvent } from './script/request-event.ts';
export type { FiredRequest, MeasuredRequest, RequestHook } from './script/request-hook.ts';
export type { RequestTotals, TimeTotals } from './script/request-totals.ts';
export type { JsonValue } from './script/script-process.ts';
export {
  InterruptTaskSet,
  RescheduleTask,
  RescheduleTaskImmediately,
  StopTest,
  StopUser,
} from './script/stop-errors.ts';
export {
  type MemberDecorator,
  type TagDecorator,
  type TaskDecorator,
  tag,
  task,
} from './script/task.ts';
export type { TaskEntries, TaskEntry, TaskFunction, TaskReference } from './script/task-entry.ts';
export { MarkovTaskSet, SequentialTaskSet, TaskSet } from './script/task-set.ts';
export { transition, transitions } from './script/transition.ts';
export { User } from './script/user.ts';
export {
  between,
  constant,
  constantPacing,
  constantThroughput,
  type PacedWaitTime,
  type RandomSource,
  type WaitTime,
} from './script/wait-time.ts';
