/** Who may do what with which node. Every node of every namespace is covered: what is not granted here is refused. */
import {
  type AddressSpace,
  type BaseNode,
  MethodIds,
  makePermissionFlag,
  type Namespace,
  type RolePermissionTypeOptions,
  WellKnownRoles,
} from "node-opcua";

const LOOK = "Browse | Read | ReadHistory | ReceiveEvents | ReadRolePermissions";

/** Looking is for everybody admitted; who is admitted, and whether as Operator, `accounts.ts` says. */
function permissions(everybody: string, operator: string): RolePermissionTypeOptions[] {
  const grant = (roleId: number, text: string): RolePermissionTypeOptions => ({ roleId, permissions: makePermissionFlag(text) });
  return [
    grant(WellKnownRoles.Anonymous, everybody),
    grant(WellKnownRoles.AuthenticatedUser, everybody),
    grant(WellKnownRoles.Operator, operator),
  ];
}

/** Methods of the standard that change nothing for others. */
const HARMLESS = [
  MethodIds.ConditionType_ConditionRefresh,
  MethodIds.ConditionType_ConditionRefresh2,
  MethodIds.Server_GetMonitoredItems,
  MethodIds.Server_ResendData,
];
/** The standard's node set grants these to everybody; here nobody needs them. */
const REFUSED = [MethodIds.Server_SetSubscriptionDurable, MethodIds.Server_RequestServerStateChange];
/** A condition is answered through its type's methods as well as through its own. */
const OPERATORS = [MethodIds.ConditionType_AddComment, MethodIds.AcknowledgeableConditionType_Acknowledge];

/** The plant: operators write and call. The standard's own nodes: nobody writes, and only what is listed is called. */
export function guard(space: AddressSpace, plant: Namespace): void {
  for (const namespace of space.getNamespaceArray()) {
    const ours = namespace.index === plant.index;
    namespace.setDefaultRolePermissions(permissions(LOOK, ours ? `${LOOK} | Write | Call` : LOOK));
  }
  allow(space, HARMLESS, permissions(`${LOOK} | Call`, `${LOOK} | Call`));
  allow(space, REFUSED, permissions(LOOK, LOOK));
  allow(space, OPERATORS, permissions(LOOK, `${LOOK} | Call`));
}

function allow(space: AddressSpace, methods: readonly number[], granted: RolePermissionTypeOptions[]): void {
  for (const id of methods) space.findNode(`i=${id}`)?.setRolePermissions(granted);
}

/** For a node inside ours that operators may not call either. */
export function forbid(node: BaseNode): void {
  node.setRolePermissions(permissions(LOOK, LOOK));
}
