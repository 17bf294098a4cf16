/**
 * What a load file imports: `import { HttpUser, task } from 'katydid'`. Every name is documented where it
 * is defined. Everything else in the package is internal.
 */
/// <reference path="./data-modules.d.ts" preserve="true" />

export { ResponseError } from './http/exchange/http-errors.ts';
export type { HttpResponse, ResponseTimings } from './http/exchange/http-response.ts';
export type { ResponseHeaders } from './http/exchange/response-headers.ts';
export type { HttpSession, SessionExtension } from './http/http-session.ts';
export type { Cookies } from './http/user/cookie-store.ts';
export type {
  Fields,
  FieldValue,
  HeaderFields,
  HttpOptions,
  RequestBody,
  RequestOptions,
  ResponseCheck,
} from './http/user/http-options.ts';
export type { RequestTotals, TimeTotals } from './measure/request-totals.ts';
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
} from './script/events/events.ts';
export type { RequestEvent } from './script/events/request-event.ts';
export type { FiredRequest, MeasuredRequest, RequestHook } from './script/events/request-hook.ts';
export {
  type DefinedOptions,
  defineOptions,
  type OptionDeclaration,
  type OptionValue,
  type OptionValueOf,
} from './script/host/define-options.ts';
export {
  type Environment,
  type EnvironmentRunner,
  type EnvironmentStats,
  environment,
  type ReceivedMessage,
} from './script/host/environment.ts';
export { EventHook, type EventListener } from './script/host/event-hook.ts';
export type { JsonValue } from './script/host/script-process.ts';
export { FastHttpUser, HttpUser } from './script/user/http-user.ts';
export { LoadShape, LoadShape as LoadTestShape, type ShapeTick } from './script/user/load-shape.ts';
export {
  InterruptTaskSet,
  RescheduleTask,
  RescheduleTaskImmediately,
  StopTest,
  StopUser,
} from './script/user/stop-errors.ts';
export {
  type MemberDecorator,
  type TagDecorator,
  type TaskDecorator,
  tag,
  task,
} from './script/user/task.ts';
export type {
  TaskEntries,
  TaskEntry,
  TaskFunction,
  TaskReference,
} from './script/user/task-entry.ts';
export { MarkovTaskSet, SequentialTaskSet, TaskSet } from './script/user/task-set.ts';
export { transition, transitions } from './script/user/transition.ts';
export { User } from './script/user/user.ts';
export {
  between,
  constant,
  constantPacing,
  constantThroughput,
  type PacedWaitTime,
  type RandomSource,
  type WaitTime,
} from './script/user/wait-time.ts';
